/** Temperature as typed ("36.6", "366", "36,6") in tenths; undefined when it is none between 34 and 43 degrees. */
export function tenthsOf(text: string): number | undefined {
  const value = Number(text.trim().replace(",", "."));
  if (text.trim() === "" || !Number.isFinite(value)) return undefined;
  const tenths = Math.round(value >= 300 ? value : value * 10);
  return tenths >= 340 && tenths <= 430 ? tenths : undefined;
}
