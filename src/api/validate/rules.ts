import type { Schema } from "../crd.ts";
import type { Json } from "../manifest/index.ts";
import { type Judge, judgeOf } from "./cel.ts";
import { childrenOf, type Finding, walk } from "./structural.ts";

interface Rule {
  readonly rule: string;
  readonly message: string;
  /** Undefined: only the API server can judge it. */
  readonly judge: Judge | undefined;
}

/** Made with the first value that has a rule. */
const compiled = new WeakMap<Schema, readonly Rule[]>();

function rulesOf(schema: Schema): readonly Rule[] {
  let rules = compiled.get(schema);
  if (rules === undefined) {
    const given = schema["x-kubernetes-validations"] ?? [];
    rules = given.map(({ rule, message }) => ({ rule, message, judge: judgeOf(rule, schema) }));
    compiled.set(schema, rules);
  }
  return rules;
}

function hasRules(schema: Schema): boolean {
  return schema["x-kubernetes-validations"] !== undefined;
}

/** The CEL rules that are broken. What they say of a value that the schema refuses means nothing. */
export function checkRules(object: Json, schema: Schema): Finding[] {
  const findings: Finding[] = [];
  walk(object, schema, {
    matters: hasRules,
    visit: (value, node, path) => {
      for (const { judge, message } of rulesOf(node)) {
        if (judge?.(value) === false) findings.push({ path: [...path], text: message });
      }
    },
  });
  return findings;
}

/** The CEL rules of a schema that only the API server can judge, each once. */
export function unjudgedRules(schema: Schema): string[] {
  const own = hasRules(schema) ? rulesOf(schema).filter(({ judge }) => judge === undefined) : [];
  return [...new Set([...own.map(({ rule }) => rule), ...childrenOf(schema).flatMap(unjudgedRules)])];
}
