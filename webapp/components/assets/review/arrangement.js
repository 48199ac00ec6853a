// How the views share the stage with the main picture, as pure arithmetic.

const GAP = 4;
const LEAST_PICTURE = 0.42; // share of the stage's width that the main picture keeps, if it can use it
const MOST_ROWS = 0.6; // share of the height that rows of small pictures take below large ones
const LEAST_ROWS = 500; // width that they take beside large ones

/**
 * @param {number} width @param {number} height of the stage, CSS pixels @param {number} aspect of the main picture
 * @param {{squares: number, rows: number[]}} wanted number of large squares; pictures in each row of small ones
 * @returns {{width: number, square: number, beside: boolean, columns: number, rows: number[]}} width of all views, side
 *   of a large square, whether the rows of small ones stand beside (else below) them, how many large ones stand side by
 *   side, side of a small picture for each row
 */
export function arrange(width, height, aspect, { squares, rows }) {
  if (!squares && !rows.length) return { width: 0, square: 0, beside: false, columns: 0, rows: [] };
  const most = width - Math.min(height * aspect, Math.max(LEAST_PICTURE * width, 240));
  const below = stacked(most, height, squares, rows);
  if (!squares || !rows.length || most < LEAST_ROWS * 1.5) return below;
  const block = squaresIn(most - LEAST_ROWS - GAP, height, squares);
  if (block.square <= below.square) return below;
  const small = rowsIn(most - block.width - GAP, height - GAP * (rows.length - 1), rows);
  return { ...block, beside: true, rows: small, width: block.width + GAP + widest(rows, small) };
}

/** Large squares above, rows of small ones below them. */
function stacked(most, height, squares, rows) {
  const gaps = GAP * (rows.length - (squares ? 0 : 1));
  const small = rowsIn(most, squares ? MOST_ROWS * height : height - gaps, rows);
  const block = squaresIn(most, height - gaps - small.reduce((sum, side) => sum + side, 0), squares);
  return { ...block, beside: false, rows: small, width: Math.max(block.width, widest(rows, small)) };
}

/** Sides of the small pictures of each row that fill the width, or less where the height does not suffice. */
function rowsIn(width, height, rows) {
  const natural = rows.map((count) => (width - GAP * (count - 1)) / count);
  const share = Math.min(1, height / natural.reduce((sum, side) => sum + side, 1e-9));
  return natural.map((side) => Math.max(24, Math.floor(side * share)));
}

/** The largest squares that fit into a rectangle. */
function squaresIn(width, height, squares) {
  let best = { square: 0, columns: 0, width: 0 };
  for (let columns = 1; columns <= squares; columns++) {
    const down = Math.ceil(squares / columns);
    const square = Math.floor(Math.min((width - GAP * (columns - 1)) / columns, (height - GAP * (down - 1)) / down));
    if (square > best.square) best = { square, columns, width: columns * square + GAP * (columns - 1) };
  }
  return best;
}

function widest(rows, sides) {
  return Math.max(0, ...rows.map((count, row) => count * sides[row] + GAP * (count - 1)));
}
