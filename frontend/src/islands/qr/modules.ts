import qrcode from "qrcode-generator";

/** The dark and light modules of a text, at error correction level M; alphanumeric as our codes are. */
export function modulesOf(text: string): boolean[][] {
  const made = qrcode(0, "M");
  made.addData(text, "Alphanumeric");
  made.make();
  const size = made.getModuleCount();
  const numbers = Array.from({ length: size }, (_, number) => number);
  return numbers.map((row) => numbers.map((column) => made.isDark(row, column)));
}

/** One SVG path over all dark modules: a run of them in a row is one rectangle. */
export function outline(modules: boolean[][]): string {
  const parts: string[] = [];
  modules.forEach((row, y) => {
    let start = -1;
    for (let x = 0; x <= row.length; x += 1) {
      if (row[x] === true && start < 0) start = x;
      if (row[x] !== true && start >= 0) {
        parts.push(`M${String(start)} ${String(y)}h${String(x - start)}v1h-${String(x - start)}z`);
        start = -1;
      }
    }
  });
  return parts.join("");
}
