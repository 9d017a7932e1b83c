import { command } from "../command.ts";

const EXAMPLES = `
Examples:
  tandem completion bash > ~/.local/share/bash-completion/completions/tandem
  tandem completion zsh > "\${fpath[1]}/_tandem"
  tandem completion fish > ~/.config/fish/completions/tandem.fish

A new shell has it. Bash reads that folder if the package bash-completion is there; without it put into ~/.bashrc
  source <(tandem completion bash)
and for zsh into ~/.zshrc, after compinit,
  source <(tandem completion zsh)

As kubectl tandem: link bin/tandem as kubectl-tandem into a folder of the PATH, and bin/kubectl_complete-tandem beside it. The
completion of kubectl 1.26 or later then asks it.

What is completed: commands, options and what they can be, Git revisions, contexts of your kubeconfig, and the names in the
files that the line names before the cursor. No cluster is asked, and after a second there is only what was found by then.`;

export const COMPLETION = command<unknown>({
  name: "completion",
  summary: "print a script that completes commands in your shell",
  description: "Prints a script that teaches a shell to complete the commands of tandem.",
  arguments: [{ syntax: "<shell>", meaning: "the shell", choices: ["bash", "zsh", "fish"] }],
  options: [],
  examples: EXAMPLES,
  run: async (_, [shell], io) => (await import("./scripts.ts")).printScript(shell, io),
});
