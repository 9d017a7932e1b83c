import type { CommandSpec } from "./command.ts";
import { COMPLETION } from "./completion/command.ts";
import { CONTROLLER } from "./controller/command.ts";
import { DIFF } from "./diff/command.ts";
import { EXPLAIN } from "./explain/command.ts";
import { IMPACT } from "./impact/command.ts";
import { LINT } from "./lint/command.ts";
import { PLAN } from "./plan/command.ts";
import { RENDER } from "./render/command.ts";
import { VALIDATE } from "./validate/command.ts";
import { VERSION } from "./version/command.ts";

/** Every command, in the order of the help. */
export const COMMANDS: readonly CommandSpec[] = [
  RENDER,
  PLAN,
  DIFF,
  EXPLAIN,
  IMPACT,
  LINT,
  VALIDATE,
  CONTROLLER,
  COMPLETION,
  VERSION,
];
