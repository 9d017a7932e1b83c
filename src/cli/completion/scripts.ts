import { OK, UsageError } from "../exit.ts";
import type { Io } from "../io.ts";

// Thin: what could stand at the cursor is for `tandem __complete` to say. Its last line is `:` and a number: +2, no blank
// after the word; +4, no paths.

/** Bash splits words at = and : and wants back only what follows the last of them. */
const BASH = `# Completion of tandem for bash 4.1 or later.
_tandem() {
  local rest=\${COMP_LINE:0:COMP_POINT} words=() blank word i
  for ((i = 0; i <= COMP_CWORD; i++)); do
    blank=\${rest%%[![:space:]]*}
    rest=\${rest#"$blank"}
    word=\${COMP_WORDS[i]}
    ((i == COMP_CWORD)) && word=$rest
    rest=\${rest#"$word"}
    word=\${word//[\\\\\\"\\']/}
    if ((i > 0)) && [[ -z $blank ]]; then
      words[\${#words[@]} - 1]+=$word
    else
      words+=("\${word/#\\~\\//$HOME/}")
    fi
  done

  local current=\${words[\${#words[@]} - 1]} breaks=\${COMP_WORDBREAKS//[^=:]/} before="" line found
  [[ -n $breaks ]] && before=\${current%"\${current##*[$breaks]}"}
  found=$("\${words[0]}" __complete "\${words[@]:1}" 2>/dev/null) || return 0
  COMPREPLY=()
  while IFS= read -r line; do
    line=\${line%%$'\\t'*}
    [[ $line == :* ]] || COMPREPLY+=("\${line#"$before"}")
  done <<<"$found"
  case $found in
    *:2 | *:6) compopt -o nospace 2>/dev/null ;;
  esac
  case $found in
    *:0 | *:2) ((\${#COMPREPLY[@]} > 0)) || compopt -o default 2>/dev/null ;;
  esac
}
complete -F _tandem tandem
`;

const ZSH = `#compdef tandem
# Completion of tandem for zsh.
compdef _tandem tandem
_tandem() {
  local -a before lines found space
  local line value meaning
  before=("\${(@Q)words[1,CURRENT-1]}")
  before=("\${(@)before/#\\~\\//$HOME/}")
  lines=("\${(@f)$("\${before[1]}" __complete "\${(@)before[2,-1]}" "\${(Q)PREFIX}" 2>/dev/null)}")
  for line in "\${(@)lines[1,-2]}"; do
    value=\${line%%$'\\t'*}
    meaning=\${\${line#"$value"}#$'\\t'}
    found+=("\${value//:/\\\\:}\${meaning:+:$meaning}")
  done
  case \${lines[-1]} in
    :2 | :6) space=(-S '') ;;
  esac
  (($#found)) && _describe -V tandem found "\${(@)space}"
  case \${lines[-1]} in
    :0 | :2)
      compset -P '--[^=]##='
      _files
      ;;
  esac
}
# Loaded from fpath the file is the function itself, and is to complete at once.
[[ \${funcstack[1]} == _tandem ]] && _tandem "$@"
`;

const FISH = `# Completion of tandem for fish.
function __tandem_complete
    set -l before (commandline -opc | string replace -r '^~/' "$HOME/")
    set -l current (commandline -ct)
    set -l found ($before[1] __complete $before[2..-1] "$current" 2>/dev/null)
    or return
    string match -v ':*' -- $found
    if contains -- "$found[-1]" :0 :2
        set -l option (string match -r '^--[^=]+=' -- "$current")
        for path in (__fish_complete_path (string replace -r '^--[^=]+=' '' -- "$current"))
            echo "$option$path"
        end
    end
end
complete -c tandem -f -k -a '(__tandem_complete)'
`;

const SCRIPTS = new Map<string | undefined, string>([
  ["bash", BASH],
  ["zsh", ZSH],
  ["fish", FISH],
]);

/**
 * `tandem completion SHELL`: prints the script.
 * @returns the exit code: 0
 */
export async function printScript(shell: string | undefined, io: Io): Promise<number> {
  const script = SCRIPTS.get(shell);
  if (script === undefined) throw new UsageError(`name a shell: ${[...SCRIPTS.keys()].join(", ")}`);
  await io.out(script);
  return OK;
}
