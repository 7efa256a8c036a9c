/** The candidate that takes the fewest edits to become, and how many. */
export function nearestOf(name: string, names: readonly string[]): [string, number] {
  return names
    .map((candidate): [string, number] => [candidate, editDistance(name, candidate)])
    .reduce((best, next) => (next[1] < best[1] ? next : best));
}

function editDistance(from: string, to: string): number {
  let above = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const replaced = (above[column - 1] ?? 0) + (from[row - 1] === to[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, (above[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    above = current;
  }
  return above[to.length] ?? 0;
}
