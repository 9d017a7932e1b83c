type Metadata = Record<string, unknown>;

/** One field of an object's metadata, or several, set to what is not usual. */
export function oddMetadata(kind: string): [string, Metadata][] {
  const owner = { apiVersion: "v1", kind: "ConfigMap", name: "a", uid: "6f1c2b6e-0000-4000-8000-000000000000" };
  const managed = { manager: "a", operation: "Apply", apiVersion: "tandem.dev/v1alpha1", fieldsType: "FieldsV1" };
  const owners = (...list: unknown[]): Metadata => ({ ownerReferences: list });
  const values = (field: string, ...list: unknown[]): [string, Metadata][] =>
    list.map((value) => [`${field} ${JSON.stringify(value).slice(0, 60)}`, { [field]: value }]);
  const others = ["", "x", 5, -1, 1.5, true, null, [], {}, ["x"], [5], [null], { a: "b" }];
  const strings = ["uid", "generateName", "selfLink"];
  const rest = ["labels", "annotations", "finalizers", "ownerReferences", "managedFields", "unknown", "Name"];
  const numbers = ["generation", "deletionGracePeriodSeconds"];
  const times = ["creationTimestamp", "deletionTimestamp"];
  const label = "a".repeat(63);
  return [
    ...[...strings, ...rest, ...numbers, ...times].flatMap((field) => values(field, ...others)),
    ...values("name", ...others, "a.b", "a..b", ".a", "a.", "-a", "a-", "A", "a_b", "a/b", "..", "a".repeat(253)),
    ...values("name", "a".repeat(254), "é", "a\n", "a:b", "0", "1e3", "xn--a", `${label}a.b`),
    ...values("generation", 2 ** 53, 2 ** 63, "1"),
    ...times.flatMap((field) => values(field, "2026-01-31T12:00:00Z", "2026-01-31T12:00:00.5+01:00", "2026-02-30")),
    ...times.flatMap((field) => values(field, "2026-02-30T12:00:00Z", "2026-01-31T24:00:00Z", "2026-01-31t12:00:00z")),
    ...times.flatMap((field) =>
      values(field, "2026-01-31T12:00:60Z", "2026-01-31T12:00:00+25:00", "0000-01-01T00:00:00Z"),
    ),
    ...times.flatMap((field) =>
      values(field, "2026-01-31T12:00:00,5Z", "2026-01-31T12:00:00.1234567891234Z", "2026-01-31T1:00:00Z"),
    ),
    ...values("labels", { a: null }, { a: 5 }, { a: true }, { "": "x" }, { a: "" }, { a: label }, { a: `${label}a` }),
    ...values("labels", { [label]: "x" }, { [`${label}a`]: "x" }, { "a/b": "x" }, { "a/b/c": "x" }, { "/b": "x" }),
    ...values("labels", { "a/": "x" }, { "A/b": "x" }, { "a_b/c": "x" }, { "a b": "x" }, { A_b: "x" }, { a: "x y" }),
    ...values("labels", { [`${"a".repeat(253)}/b`]: "x" }, { [`${"a".repeat(254)}/b`]: "x" }, { constructor: "x" }),
    ...values("labels", { a: "-x" }, { a: "x." }, { a: "é" }, { a: "x\n" }, { a: ["x"] }, { a: { b: "c" } }),
    ...values("labels", JSON.parse('{"__proto__":"x"}'), { a: "x_y.z-1" }),
    ...values(
      "annotations",
      { a: null },
      { a: 5 },
      { a: "any\u0000 thing\n" },
      { A: "x" },
      { "A.B/c": "x" },
      { "": "x" },
    ),
    ...values("annotations", { "a b": "x" }, { [label]: "x" }, { [`${label}A`]: "x" }, { "a/b/c": "x" }),
    ...values("annotations", { "É/a": "x" }, { "\u212a": "x" }, { "\u212a/a": "x" }),
    ["annotations of 262,144 bytes", { annotations: { a: "x".repeat(262_143) } }],
    ["annotations of 262,145 bytes", { annotations: { a: "x".repeat(262_144) } }],
    ["annotations of 262,145 bytes in fewer characters", { annotations: { a: "é".repeat(131_072) } }],
    ...values("finalizers", ["a.b/c"], ["a/b"], ["a.b/c", "a.b/c"], ["a b/c"], [""], ["kubernetes"], ["orphan"]),
    ...values(
      "finalizers",
      ["foregroundDeletion"],
      ["orphan", "foregroundDeletion"],
      ["a.b/c/d"],
      ["a"],
      ["A.b/c"],
      ["/c"],
    ),
    ["no owner reference", owners()],
    ["an owner", owners(owner)],
    ["an owner twice", owners(owner, owner)],
    ["an owner that controls", owners({ ...owner, controller: true })],
    ["two owners that control", owners({ ...owner, controller: true }, { ...owner, uid: "b", controller: true })],
    [
      "an owner that controls, one that does not",
      owners({ ...owner, controller: true }, { ...owner, controller: false }),
    ],
    ...Object.keys(owner).flatMap((field): [string, Metadata][] => [
      [`an owner without ${field}`, owners({ ...owner, [field]: undefined })],
      [`an owner with empty ${field}`, owners({ ...owner, [field]: "" })],
      [`an owner with null ${field}`, owners({ ...owner, [field]: null })],
      [`an owner with a number as ${field}`, owners({ ...owner, [field]: 5 })],
    ]),
    ["an owner of core without version", owners({ ...owner, apiVersion: "a/b/c" })],
    ["an owner of a group without version", owners({ ...owner, apiVersion: "a/" })],
    ["an Event as owner", owners({ ...owner, kind: "Event" })],
    ["an owner with an odd uid", owners({ ...owner, uid: "x y" })],
    ["an owner with a bad name", owners({ ...owner, name: "A b/c" })],
    ["an owner with an unknown field", owners({ ...owner, unknown: 1 })],
    ["an owner with a namespace", owners({ ...owner, namespace: "a" })],
    ["an owner with blockOwnerDeletion", owners({ ...owner, blockOwnerDeletion: true })],
    ["an owner with a word as controller", owners({ ...owner, controller: "true" })],
    ["an owner with null as controller", owners({ ...owner, controller: null })],
    ["managedFields", { managedFields: [{ ...managed, fieldsV1: { "f:spec": {} } }] }],
    ["managedFields without time", { managedFields: [managed] }],
    ["managedFields with a bad operation", { managedFields: [{ ...managed, operation: "Own" }] }],
    ["managedFields with an unknown type", { managedFields: [{ ...managed, fieldsType: "FieldsV2" }] }],
    ["managedFields with an unknown field", { managedFields: [{ ...managed, unknown: 1 }] }],
    ["managedFields with a bad time", { managedFields: [{ ...managed, time: "yesterday" }] }],
    ["managedFields with a time", { managedFields: [{ ...managed, time: "2026-01-31T12:00:00Z" }] }],
    ["managedFields with a long manager", { managedFields: [{ ...managed, manager: "m".repeat(129) }] }],
    ["managedFields with a newline in the manager", { managedFields: [{ ...managed, manager: "m\n" }] }],
    ["managedFields with a subresource", { managedFields: [{ ...managed, subresource: "status" }] }],
    ["managedFields with a list as fields", { managedFields: [{ ...managed, fieldsV1: [] }] }],
    ["managedFields with a word as fields", { managedFields: [{ ...managed, fieldsV1: "x" }] }],
    ["no name but generateName", { name: undefined, generateName: "a-" }],
    ["neither name nor generateName", { name: undefined }],
    ["name and a bad generateName", { generateName: "A_" }],
    ["name and a generateName that ends in a dot", { generateName: "a." }],
    ["name and a long generateName", { generateName: "a".repeat(254) }],
    ["resourceVersion", { resourceVersion: "5" }],
    ["empty resourceVersion", { resourceVersion: "" }],
    ["a number as resourceVersion", { resourceVersion: 5 }],
    ["a word as resourceVersion", { resourceVersion: "x" }],
    ["null as namespace", { namespace: null }],
    ["a number as namespace", { namespace: 5 }],
    ["a bad namespace", { namespace: "A.b" }],
    ...(kind === "ProtectedVM"
      ? []
      : ([
          ["a namespace", { namespace: "default" }],
          ["an empty namespace", { namespace: "" }],
        ] as [string, Metadata][])),
  ];
}
