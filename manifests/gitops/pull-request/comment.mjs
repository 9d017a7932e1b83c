// Posts a file as a comment under a pull request or merge request: one comment, which each further run replaces. It finds it
// again by the first line of the file, which is a comment of HTML that nobody sees: plan writes one.
//
//   node comment.mjs plan.md
//
// In GitHub Actions it needs GITHUB_TOKEN and PULL_REQUEST (the number), and COMMENT_AUTHOR if that is not the job's own token.
// In GitLab CI it needs COMMENT_TOKEN: a project access token with the scope `api`, since a job's own token may not comment.
import { readFileSync } from "node:fs";

const PAGE = 100;
/** Of GitHub, in characters; GitLab takes more. */
const LONGEST = 65_536;
const { env } = process;

const forge =
  env.GITLAB_CI === "true"
    ? {
        comments: `${env.CI_API_V4_URL}/projects/${env.CI_PROJECT_ID}/merge_requests/${env.CI_MERGE_REQUEST_IID}/notes`,
        one: (comments, id) => `${comments}/${id}`,
        update: "PUT",
        headers: { "private-token": env.COMMENT_TOKEN },
        me: async () => (await call("GET", `${env.CI_API_V4_URL}/user`)).username,
        author: ({ author }) => author.username,
      }
    : {
        comments: `${env.GITHUB_API_URL}/repos/${env.GITHUB_REPOSITORY}/issues/${env.PULL_REQUEST}/comments`,
        one: (_, id) => `${env.GITHUB_API_URL}/repos/${env.GITHUB_REPOSITORY}/issues/comments/${id}`,
        update: "PATCH",
        headers: { authorization: `Bearer ${env.GITHUB_TOKEN}` },
        me: async () => env.COMMENT_AUTHOR ?? "github-actions[bot]",
        author: ({ user }) => user.login,
      };

async function call(method, url, body) {
  const response = await fetch(url, {
    method,
    headers: { ...forge.headers, "content-type": "application/json" },
    signal: AbortSignal.timeout(30_000),
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${await response.text()}`);
  return await response.json();
}

/** The comment that an earlier run made, if there is one: never somebody else's, who could change it afterwards. */
async function earlier() {
  const me = await forge.me();
  for (let page = 1; ; page++) {
    const comments = await call("GET", `${forge.comments}?per_page=${PAGE}&page=${page}`);
    const ours = comments.find((one) => one.body.startsWith(marker) && forge.author(one) === me);
    if (ours !== undefined || comments.length < PAGE) return ours;
  }
}

const text = readFileSync(process.argv[2], "utf8");
const [marker] = text.split("\n", 1);
if (!/^<!-- .+ -->$/.test(marker)) throw new Error(`${process.argv[2]} does not begin with a comment of HTML`);
const note = "\n\n… the rest is in the log of the job.";
const body = text.length > LONGEST ? text.slice(0, LONGEST - note.length) + note : text;
const ours = await earlier();
if (ours === undefined) await call("POST", forge.comments, { body });
else await call(forge.update, forge.one(forge.comments, ours.id), { body });
