import { APPLIANCE, documents, VM } from "../examples.ts";
import type { RuleText } from "../finding.ts";

const OPT_OUT = "  applianceProtection: Disabled";

export const UNKNOWN_CODE: RuleText = {
  code: "TL010",
  severity: "warning",
  title: "A tandem:ignore names a code that does not exist",
  why: "It silences nothing.",
  advice:
    "Correct the code; `tandem lint --list` prints all of them. Codes that cannot be silenced are those of input that cannot be used (TL001 to TL004) and of such comments.",
  bad: documents(APPLIANCE, `# tandem:ignore TL999 they are all like that\n${VM}`),
  good: documents(APPLIANCE, VM),
};

export const NO_REASON: RuleText = {
  code: "TL011",
  severity: "warning",
  title: "A tandem:ignore gives no reason",
  why: "Who reads it later cannot know whether it still holds. Without a reason it silences nothing.",
  advice: "Write the reason behind the code: `# tandem:ignore TL204 until the agents are gone`.",
  bad: documents(APPLIANCE, `# tandem:ignore TL204\n${VM}`),
  good: documents(APPLIANCE, `${VM}${OPT_OUT} # tandem:ignore TL204 until the agents are gone\n`),
};

export const SILENCES_NOTHING: RuleText = {
  code: "TL012",
  severity: "warning",
  title: "A tandem:ignore silences nothing",
  why: "What it was written for is gone, or it stands in the wrong place. If the finding comes back, nobody will see it.",
  advice:
    "Remove it. A comment counts on the line of the finding, on the line above it, or, among the first lines of a document, for the whole object.",
  bad: documents(APPLIANCE, `# tandem:ignore TL204 until the agents are gone\n${VM}`),
  good: documents(APPLIANCE, VM),
};
