import { command, output } from "../command.ts";
import type { VersionOptions } from "./version.ts";

const EXAMPLES = `
Examples:
  tandem version            for people
  tandem version -o json    for programs and for reports of a fault
  tandem --version          the number alone`;

export const VERSION = command<VersionOptions>({
  name: "version",
  summary: "print the versions of Tandem, of Node.js, and of what they read and write",
  description:
    "Prints the versions of Tandem and Node.js, of the API that Tandem knows, and of the documents that -o json writes.",
  options: [output("table", "json", "yaml")],
  examples: EXAMPLES,
  run: async (options, _, io) => (await import("./version.ts")).printVersion(options, io),
});
