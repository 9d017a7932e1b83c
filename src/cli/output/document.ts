/** What `-o json` and `-o yaml` print begins so: a program can tell what it reads, and that it knows this version of it. */
export interface Document {
  readonly apiVersion: "cli.tandem.dev/v1";
  readonly kind: string;
}

/** The document of a command's answer; fields are only ever added in one version. */
export function documentOf<Body extends object>(kind: string, body: Body): Document & Body {
  return { apiVersion: "cli.tandem.dev/v1", kind, ...body };
}

/** As text, ending in a newline. For what can be longer than a string can be, write it in pieces instead. */
export function jsonText(document: Document): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}
