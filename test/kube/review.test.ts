import { inspect } from "node:util";
import { expect, test } from "vitest";
import { ApiError } from "../../src/kube/errors.ts";
import { reviewToken } from "../../src/kube/review.ts";
import { sendJson } from "./server.ts";
import { failure, outcome, server, transport, useTransport } from "./transport-bench.ts";

useTransport();

const TOKEN = "eyJhbGciOiJSUzI1NiJ9.very-secret-token";
const TOKEN_REVIEWS = "/apis/authentication.k8s.io/v1/tokenreviews";
const ACCESS_REVIEWS = "/apis/authorization.k8s.io/v1/subjectaccessreviews";
const USER = {
  username: "system:serviceaccount:monitoring:prometheus",
  uid: "u-1",
  groups: ["system:serviceaccounts", "system:authenticated"],
  extra: { "authentication.kubernetes.io/pod-name": ["prometheus-0"] },
};
const REVIEWED = { status: { authenticated: true, user: USER } };

/** Has the two questions answered with these; returns what was asked, as it was sent. */
function answers({ token = REVIEWED as unknown, access = { status: { allowed: true } } as unknown }) {
  const asked: { path: string; body: unknown }[] = [];
  server.answer = ({ url = "" }, response, body) => {
    asked.push({ path: url, body: JSON.parse(body) });
    sendJson(response, 201, url === TOKEN_REVIEWS ? token : access);
  };
  return asked;
}

const review = () => reviewToken(transport, { token: TOKEN, path: "/metrics" });

test("it asks whose token it is, and then about that user with all that he is known by", async () => {
  const asked = answers({});
  expect(await review()).toBe("allowed");
  expect(asked).toEqual([
    {
      path: TOKEN_REVIEWS,
      body: { apiVersion: "authentication.k8s.io/v1", kind: "TokenReview", spec: { token: TOKEN } },
    },
    {
      path: ACCESS_REVIEWS,
      body: {
        apiVersion: "authorization.k8s.io/v1",
        kind: "SubjectAccessReview",
        spec: {
          user: USER.username,
          uid: USER.uid,
          groups: USER.groups,
          extra: USER.extra,
          nonResourceAttributes: { path: "/metrics", verb: "get" },
        },
      },
    },
  ]);
});

test.each([
  { status: { authenticated: false, error: "invalid bearer token" } },
  { status: { authenticated: false, user: USER } },
  { status: { authenticated: "true", user: USER } },
  { status: { user: USER } },
  { status: { authenticated: true } },
  { status: { authenticated: true, user: {} } },
  { status: { authenticated: true, user: { username: "" } } },
  { status: { authenticated: true, user: { username: 5 } } },
  { status: null },
  {},
])("a token that is not vouched for is nobody's, and nothing more is asked: %j", async (token) => {
  const asked = answers({ token });
  expect(await review()).toBe("unauthenticated");
  expect(asked).toHaveLength(1);
});

test.each([
  { status: { allowed: false } },
  { status: { allowed: false, denied: true } },
  { status: { allowed: "true" } },
  { status: { allowed: true, denied: true } },
  { status: null },
  {},
])("only a plain yes allows: %j", async (access) => {
  answers({ access });
  expect(await review()).toBe("forbidden");
});

test.each([
  ["null", null],
  ["a list", []],
  ["a number", 5],
])("an answer that is %s is an ApiError", async (_, token) => {
  answers({ token });
  expect(await failure(review())).toMatchObject({ code: "Protocol" });
});

/** Everything that a log or a console would show of an error, its causes included. */
function shown(error: unknown): string {
  return `${inspect(error, { depth: 9, showHidden: true })} ${String(error)}`;
}

const partOfToken = /eyJhb|secret-tok/;

test.each([
  ["a refusal that quotes it", 403, { kind: "Status", message: `no rights: ${TOKEN}`, reason: "Forbidden" }],
  ["an internal error that quotes it", 500, { kind: "Status", message: `panic: ${TOKEN}` }],
])("the token is not in the error: %s", async (_, status, body) => {
  server.answer = (_request, response) => sendJson(response, status, body);
  const error = await failure(review());
  expect(error.httpStatus).toBe(status);
  expect(shown(error)).not.toMatch(partOfToken);
});

test.each([
  TOKEN,
  `{"spec":{"token":"${TOKEN}"},}`,
  `{"spec":{"token":"${TOKEN}`,
  `<html>${TOKEN}</html>`,
  `"${TOKEN}" x`,
])("nor where the answer, which repeats it, is no JSON: %s", async (text) => {
  server.answer = (_request, response) => {
    response.writeHead(201, { "content-type": "application/json" });
    response.end(text);
  };
  const error = await failure(review());
  expect(error).toBeInstanceOf(ApiError);
  expect(shown(error)).not.toMatch(partOfToken);
});

test("an API server that does not answer is an error within 10 s", async () => {
  server.answer = () => {};
  const failed = failure(review());
  expect(await outcome(failed)).toBeLessThanOrEqual(10_000);
  expect((await failed).code).toBe("Timeout");
  expect(shown(await failed)).not.toMatch(partOfToken);
});
