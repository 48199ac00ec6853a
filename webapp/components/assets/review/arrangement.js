// How the views share the stage with the main picture, as pure arithmetic.

const GAP = 4;
const LEAST_PICTURE = 0.42; // share of the stage's width that the main picture keeps, if it can use it
const MOST_ROWS = 0.6; // share of the height that rows of small pictures take when there are large ones

/**
 * @param {number} width @param {number} height of the stage, CSS pixels @param {number} aspect of the main picture
 * @param {{squares: number, rows: number[]}} wanted number of large squares; pictures in each row of small ones
 * @returns {{width: number, square: number, columns: number, rows: number[]}} width of the column of views, side of a
 *   large square, how many stand side by side, side of a small picture for each row
 */
export function arrange(width, height, aspect, { squares, rows }) {
  if (!squares && !rows.length) return { width: 0, square: 0, columns: 0, rows: [] };
  const most = width - Math.min(height * aspect, Math.max(LEAST_PICTURE * width, 240));
  const natural = rows.map((count) => (most - GAP * (count - 1)) / count);
  const gaps = GAP * (rows.length + (squares ? 0 : -1));
  const fixed = natural.reduce((sum, side) => sum + side, 0);
  const room = squares ? MOST_ROWS * height : height - gaps;
  const small = natural.map((side) => Math.max(24, Math.floor(side * Math.min(1, room / (fixed || 1)))));
  const rest = height - gaps - small.reduce((sum, side) => sum + side, 0);
  let [square, columns] = [0, 0];
  for (let across = 1; across <= squares; across++) {
    const down = Math.ceil(squares / across);
    const side = Math.floor(Math.min((most - GAP * (across - 1)) / across, (rest - GAP * (down - 1)) / down));
    if (side > square) [square, columns] = [side, across];
  }
  const used = [columns * square + GAP * Math.max(0, columns - 1), ...rows.map((count, row) => count * small[row] + GAP * (count - 1))];
  return { width: Math.ceil(Math.max(...used)), square, columns, rows: small };
}
