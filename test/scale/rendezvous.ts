/** FNV-1a over UTF-16 code units: every name in Kubernetes is ASCII. */
export function hashOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let n = 0; n < name.length; n++) hash = Math.imul(hash ^ name.charCodeAt(n), 0x01000193);
  return mixed(hash);
}

/** The last step of MurmurHash3: every bit of the number counts for every bit of the result. */
function mixed(hash: number): number {
  let bits = hash;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}

/**
 * Rendezvous hashing (Thaler and Ravishankar, 1998): of all shards, the one whose hash together with the namespace's is the
 * highest. Takes the hashes of both, and answers the place in the list; the order of the list does not matter.
 */
export function ownerOf(namespace: number, shards: readonly number[]): number {
  let owner = -1;
  let best = -1;
  let bestShard = -1;
  for (const [place, shard] of shards.entries()) {
    const score = mixed(namespace ^ shard);
    // The same score twice is one in four billion; then the hash of the shard decides, wherever it stands.
    if (score > best || (score === best && shard > bestShard)) {
      owner = place;
      best = score;
      bestShard = shard;
    }
  }
  return owner;
}

/** The hashes of so many shards, `shard-0` and so on. */
export function shardsOf(count: number): number[] {
  return Array.from({ length: count }, (_, n) => hashOf(`shard-${n}`));
}
