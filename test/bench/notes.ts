/** What docs/performance.md says about how its figures come about. */
export const NOTES = `## What is measured

- **Two writers in turn.** In each round the controller and the bare loop each take a turn on the same estate, measured by the
  same code through an observer, which is a client of its own; who begins alternates, and ratios are taken round by round,
  because an API server's speed drifts. The controller is the released bundle, started by its launcher with default options.
- **The bare loop** writes the same bodies, computed beforehand, and does nothing else. It holds the watches that the
  controller holds and drops what they bring. Its number of connections is the best of those tried in this run
  that do not make the events of the server late by more than 0.2 s: more connections write some per cent faster, and what
  anybody edits is seen up to a second later then.
- **VMs settled**: the policy for all VMs says the one and the other in turn, so each change concerns every VM. Time from
  sending the change until the last VM's new status was seen.
- **CPU of the whole machine** counts everything that ran but the observer, until all is at rest again: the counts of policies
  and appliances, which follow the VMs, are in it. Where "others" differ much between rounds the machine was not quiet.
- **Writes** are the requests that the API server counted, also those that changed nothing.
- **Appliance deactivated**: from the answer to the change; the bare loop's from sending its first write. In between all comes
  to rest.
- **One VM edited**: from the answer to the edit until another client has seen the status for it. Baseline: one bare status
  write, from sending it until that client has seen it; while VMs are rewritten, over a connection of its own beside the loop. Edits fall between the first and the last tenth of
  the mass change.
- **Command line**: medians of 20 launches in turn; baseline \`node -e 0\`.
- **Resident memory** is what the kernel counts: Node itself and garbage that was not collected yet are in it.

## What bounds the rows that are missed

In a mass change both cores are full, so its time follows the CPU of the whole machine. Beyond the bare loop that is:

- **Tandem's own CPU.** A profile (\`--quick --profiles DIR\`, 2.7 s of the main thread for 5,250 writes with the start in it) has 12 %
  in rules, status and comparison, 9 % in collecting garbage, 8 % in parsing JSON (the answer to each write and its event; the bare
  loop parses neither), 7 % in writing to TLS sockets, as the bare loop does. The rest is HTTP client, streams, promises and
  timers, no function of which has more than 2 %.
- **The API server's CPU** for writes of counts and Events (rows of their own above), and for smaller batches where the bare loop
  has more connections than Tandem's eight.
- **An edit while all VMs are rewritten** has one hop more than its baseline: Tandem has to see it first, behind the events of the
  mass change.
`;
