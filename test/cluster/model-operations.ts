import fc from "fast-check";

/** Kinds with a status, which are listed and watched; of leases there are others in a cluster. */
const OURS = ["ProtectedVM", "AffinityPolicy", "Appliance"] as const;
const WRITTEN = [...OURS, "Lease"] as const;
type Ours = (typeof OURS)[number];
export type Kind = (typeof WRITTEN)[number];

/** Which version a write names: the newest that its sender saw, one before that, or none. */
type Version = "current" | "stale" | "none";
type Uid = "right" | "wrong" | "none";

/** One thing to do at two servers, in words that mean the same at both. */
export type Operation =
  | { type: "create"; kind: Kind; name: number; content: number; finalized: boolean }
  | { type: "update"; kind: Kind; name: number; content: number; finalized: boolean; version: Version; uid: Uid }
  | { type: "status"; kind: Ours; name: number; content: number; version: Version; uid: Uid }
  | { type: "delete"; kind: Kind; name: number }
  /** Begins a list in pages, or goes on with it. */
  | { type: "page"; kind: Ours }
  /** From a version that was seen so many answers ago. */
  | { type: "watch"; kind: Ours; back: number }
  | { type: "watch list"; kind: Ours };

const name = fc.nat(3);
const content = fc.nat(5);
const kind = fc.constantFrom<Kind>("ProtectedVM", "ProtectedVM", "ProtectedVM", "AffinityPolicy", "Appliance", "Lease");
const ours = fc.constantFrom<Ours>("ProtectedVM", "ProtectedVM", "ProtectedVM", "AffinityPolicy", "Appliance");
const version = fc.constantFrom<Version>("current", "current", "current", "current", "stale", "none");
const uid = fc.constantFrom<Uid>("right", "right", "right", "right", "wrong", "none");
const finalized = fc.constantFrom(false, false, true);

const is = <T extends Operation["type"]>(type: T) => fc.constant(type);

const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ type: is("create"), kind, name, content, finalized }) },
  { weight: 5, arbitrary: fc.record({ type: is("update"), kind, name, content, finalized, version, uid }) },
  { weight: 5, arbitrary: fc.record({ type: is("status"), kind: ours, name, content, version, uid }) },
  { weight: 3, arbitrary: fc.record({ type: is("delete"), kind, name }) },
  { weight: 3, arbitrary: fc.record({ type: is("page"), kind: ours }) },
  { weight: 2, arbitrary: fc.record({ type: is("watch"), kind: ours, back: fc.nat(8) }) },
  { weight: 1, arbitrary: fc.record({ type: is("watch list"), kind: ours }) },
);

export const operations: fc.Arbitrary<Operation[]> = fc.array(operation, {
  minLength: 10,
  maxLength: 25,
  size: "max",
});

const SPECS: Readonly<Record<Kind, readonly object[]>> = {
  ProtectedVM: [
    { guestOS: "Linux", features: ["Firewall"] },
    { guestOS: "Windows", features: ["AntiMalware"], hostName: "esx-0" },
    { guestOS: "Linux", features: ["Firewall"], agent: { state: "Activated", modules: [] } },
  ],
  AffinityPolicy: [
    { vmSelector: {}, affinity: {} },
    { vmSelector: {}, affinity: {}, priority: 0 },
    { vmSelector: { matchLabels: { tier: "pci" } }, affinity: { network: "AgentOnly" }, priority: 7 },
  ],
  Appliance: [
    { hostName: "esx-0" },
    { hostName: "esx-0", activation: "Activated" },
    { hostName: "esx-1", activation: "Deactivated" },
  ],
  Lease: [{ holderIdentity: "a" }, { holderIdentity: "b" }, { holderIdentity: "b", leaseTransitions: 1 }],
};

/** Spec and labels; some differ in just one of the two, or only in what the schema adds. Empty labels would be a change. */
export function contentOf(one: { kind: Kind; content: number }): { spec: object; labels: object | undefined } {
  return { spec: SPECS[one.kind][one.content % 3] ?? {}, labels: one.content < 3 ? undefined : { tier: "pci" } };
}

/** The last is none at all. */
export function statusOf(number: number): object | undefined {
  return [{ observedGeneration: 1 }, { observedGeneration: 2, conditions: [] }, {}, { conditions: [] }][number];
}
