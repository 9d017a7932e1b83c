/** What is longer is not shared: it is rare, and could take more memory than it saves. Characters. */
const LONGEST = 1024;

/**
 * Values of which thousands are equal: who holds them holds one of each. At most twice `limit` are remembered: what was not
 * asked for while `limit` new ones came is forgotten, and shared no more.
 */
export class Shared<T> {
  readonly #limit: number;
  #recent = new Map<string, T>();
  #older = new Map<string, T>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** How many values are remembered, for tests. */
  get size(): number {
    return this.#recent.size + this.#older.size;
  }

  /** The value of this key: the one that is remembered, or else this one from now on. The key tells all of a value. */
  one(key: string, value: T): T {
    const known = this.#recent.get(key);
    if (known !== undefined) return known;
    if (key.length > LONGEST) return value;
    const shared = this.#older.get(key) ?? value;
    if (this.#recent.size >= this.#limit) {
      this.#older = this.#recent;
      this.#recent = new Map();
    }
    this.#recent.set(key, shared);
    return shared;
  }
}

/** Of strings up to this length JSON.parse itself makes one of each. */
const SHORT = 10;

/** What many have in common at one moment is found by the moment first. */
interface Timed {
  readonly lastTransitionTime: string;
}

/** By time, then by topic. */
type Found<T> = Map<string, Map<string, T[]>>;

/** Equal times and topics are searched one by one: not in more than this many. The others are not shared. */
const LONGEST_SEARCH = 64;

/**
 * The same for records, found without a key that would have to be made of all their fields: by time, then by topic, then
 * by comparison. Records hold no objects.
 */
export class SharedRecords<T extends Timed> {
  readonly #limit: number;
  readonly #topicOf: (record: T) => string;
  readonly #strings: Shared<string>;
  #recent: Found<T> = new Map();
  #older: Found<T> = new Map();
  #count = 0;

  /** @param strings what the strings of a record that is new are shared by */
  constructor(strings: Shared<string>, { limit, topicOf }: { limit: number; topicOf: (record: T) => string }) {
    this.#strings = strings;
    this.#limit = limit;
    this.#topicOf = topicOf;
  }

  /** How many records are remembered, for tests. */
  get size(): number {
    return [this.#recent, this.#older].flatMap((all) => [...all.values()].flatMap((of) => [...of.values()].flat()))
      .length;
  }

  one(record: T): T {
    const topic = this.#topicOf(record);
    if (!isShort(topic) || !isShort(record.lastTransitionTime)) return record;
    const known = this.#find(this.#recent, record, topic);
    if (known !== undefined) return known;
    const shared = this.#find(this.#older, record, topic) ?? this.#withSharedStrings(record);
    if (this.#count >= this.#limit) {
      this.#older = this.#recent;
      this.#recent = new Map();
      this.#count = 0;
    }
    let topics = this.#recent.get(record.lastTransitionTime);
    if (topics === undefined) {
      topics = new Map();
      this.#recent.set(record.lastTransitionTime, topics);
    }
    const there = topics.get(topic);
    if (there === undefined) topics.set(topic, [shared]);
    else if (there.length < LONGEST_SEARCH) there.push(shared);
    else return shared;
    this.#count += 1;
    return shared;
  }

  #withSharedStrings(record: T): T {
    for (const key in record) {
      const value = record[key];
      if (typeof value === "string" && value.length > SHORT)
        record[key] = this.#strings.one(value, value) as typeof value;
    }
    return record;
  }

  #find(all: Found<T>, record: T, topic: string): T | undefined {
    const there = all.get(record.lastTransitionTime)?.get(topic);
    if (there !== undefined) for (const one of there) if (isSameRecord(one, record)) return one;
    return undefined;
  }
}

function isShort(text: unknown): boolean {
  return typeof text === "string" && text.length <= LONGEST;
}

function isSameRecord<T extends object>(a: T, b: T): boolean {
  let fields = 0;
  for (const key in a) {
    if (a[key] !== b[key]) return false;
    fields += 1;
  }
  for (const _ in b) fields -= 1;
  return fields === 0;
}
