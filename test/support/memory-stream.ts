// A stream that remembers what was written to it.

export class MemoryStream {
  readonly isTTY: boolean;
  readonly columns: number;
  text = "";

  constructor(terminal = false, columns = 80) {
    this.isTTY = terminal;
    this.columns = columns;
  }

  write(text: string): void {
    this.text += text;
  }
}
