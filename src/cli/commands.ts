import type { CommandSpec } from "./command.ts";
import { CONTROLLER } from "./controller/command.ts";
import { RENDER } from "./render/command.ts";

/** Every command, in the order of the help. */
export const COMMANDS: readonly CommandSpec[] = [RENDER, CONTROLLER];
