export interface Box {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

/** The narrowest gap between two columns that a line is worth drawing in. */
const GAP = 8;

/**
 * The path from the right edge of one box to the left edge of another; within a column from the bottom of one to the top of the next.
 * Nothing when one of them is not there, or they stand so that a line would only confuse (columns below each other).
 */
export function curve(from: Box | undefined, to: Box | undefined): string | undefined {
  if (!from || !to || from.right <= from.left || to.right <= to.left) {
    return undefined;
  }
  if (to.left - from.right >= GAP) {
    const y1 = (from.top + from.bottom) / 2;
    const y2 = (to.top + to.bottom) / 2;
    const bend = (to.left - from.right) / 2;
    return `M${from.right},${y1} C${from.right + bend},${y1} ${to.left - bend},${y2} ${to.left},${y2}`;
  }
  if (Math.abs(from.left - to.left) < GAP && to.top > from.bottom && to.top - from.bottom < 4 * GAP) {
    const x = (from.left + from.right) / 2;
    return `M${x},${from.bottom} L${x},${to.top}`;
  }
  return undefined;
}
