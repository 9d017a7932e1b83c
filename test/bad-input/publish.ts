import { appendFileSync } from "node:fs";

/** What a run of generated bad input tried, and what came of it. */
export interface Figures {
  readonly kind: string;
  fields: number;
  values: number;
  /** Requests that carried a value: creations and changes. */
  documents: number;
  accepted: number;
  refused: number;
  crashes: number;
  /** Statuses that were wrong or not settled in time, or that did not come back as they had been. */
  wrong: number;
}

/** Prints one line, and appends it as JSON to the file that TANDEM_TEST_REPORT names, if it does. */
export function publishFigures(figures: Figures): void {
  const { kind, fields, values, documents, accepted, refused, crashes, wrong } = figures;
  process.stdout.write(
    `bad input, ${kind}: ${fields} fields, ${values} values, ${documents} documents tried, ${accepted} accepted, ` +
      `${refused} refused, ${crashes} crashes, ${wrong} wrong or unsettled statuses\n`,
  );
  const file = process.env.TANDEM_TEST_REPORT;
  if (file !== undefined && file !== "") appendFileSync(file, `${JSON.stringify({ type: "bad-input", ...figures })}\n`);
}
