# Types lines into an interactive zsh, presses tab after each, and prints what the line is then.
zmodload zsh/zpty
zpty -b pty zsh -f -i
zpty -w pty "PS1= PS2= RPS1=; unsetopt zle_bracketed_paste; autoload -U compinit; compinit -u -D; source $1; show() { print -r -- \"<<\$BUFFER>>\"; BUFFER= }; zle -N show; bindkey '^X^Y' show; print -r -- READ''Y"
until zpty -r pty line && [[ $line == READY* ]]; do (($? == 2)) && exit 1; done
shift
for typed; do
  zpty -w -n pty "$typed"$'\t\x18\x19'
  until zpty -r pty line '*>>*' && [[ $line == *'<<'* ]]; do (($? == 2)) && exit 1; done
  print -r -- "${${line##*<<}%%>>*}"
done
zpty -d pty
