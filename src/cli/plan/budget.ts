/** How many characters a text may still have, and how many lines found no room. */
export class Budget {
  room: number;
  left = 0;

  constructor(room: number) {
    this.room = room;
  }

  /** Takes what has to be there, whether or not there is room. */
  spend(text: string): string {
    this.room -= text.length;
    return text;
  }

  /**
   * As many of the first lines as fit.
   * @param most how many characters they may have together
   */
  fill(lines: Iterable<string>, most = Number.POSITIVE_INFINITY): { text: string; left: number } {
    let text = "";
    let left = 0;
    for (const line of lines) {
      if (left > 0 || line.length > this.room || text.length + line.length > most) left++;
      else text += this.spend(line);
    }
    this.left += left;
    return { text, left };
  }
}
