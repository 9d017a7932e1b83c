#!/bin/sh
# Writes into plan.md what a change does to the protection of the machines, for one comment under it. Ends with 0; with 1 if a
# guard of FAIL_ON holds; with 2 if the change cannot be read, and then plan.md says why.
#   BASE     revision that the change is to be merged into, such as origin/main
#   PATHS    files and folders (with all that is in them) of Tandem's objects, with blanks between them
#   FAIL_ON  what a person has to look at before the merge
#   TANDEM   the command
set -u
: "${BASE:?}" "${PATHS:?}" "${TANDEM:=tandem}" "${FAIL_ON:=losses,conflicts,installs>100}"

if ! base=$(git merge-base "$BASE" HEAD); then
  echo "HEAD and $BASE have no common ancestor here: was the repository fetched with its whole history?" >&2
  exit 2
fi
set --
for path in $PATHS; do set -- "$@" -f "$path"; done

$TANDEM plan -R --from "git:$base" --to git:HEAD "$@" --fail-on "$FAIL_ON" -o markdown >plan.md 2>plan.log
code=$?
cat plan.log >&2
if [ "$code" -gt 1 ]; then
  # Indented, so that nothing in it is taken for markdown; at most a screen of it.
  { printf '<!-- tandem plan -->\n### Tandem cannot read this change\n\n'; head -n 40 plan.log | sed 's/^/    /'; } >plan.md
  code=2
fi
exit "$code"
