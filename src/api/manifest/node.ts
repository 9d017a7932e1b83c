/** A node of a document, with its offset in the text that was parsed; -1 where nothing stands there (`key:`). */
export type Node = ScalarNode | MappingNode | SequenceNode | AliasNode;
export interface ScalarNode {
  readonly kind: "scalar";
  readonly at: number;
  readonly text: string;
  /** As written: `!!int`, `!<…>`; empty where there is none. */
  readonly tag: string;
  /** Neither quoted nor a block. */
  readonly plain: boolean;
}
export interface MappingNode {
  readonly kind: "mapping";
  readonly at: number;
  readonly entries: [key: Node, value: Node][];
}
export interface SequenceNode {
  readonly kind: "sequence";
  readonly at: number;
  readonly items: Node[];
}
export interface AliasNode {
  readonly kind: "alias";
  readonly at: number;
  readonly name: string;
  readonly target: Node;
}

/** The text is not YAML. `code` is stable. */
export class YamlSyntaxError extends Error {
  readonly code = "YAML_SYNTAX";
  /** Offset in the text that was parsed. */
  readonly at: number;

  constructor(message: string, at: number, options?: ErrorOptions) {
    super(message, options);
    this.at = at;
  }
}

/** Collections inside collections; no real manifest comes near, and deeper ones would exhaust the stack. */
export const MAX_DEPTH = 200;
