/** The class of what a tile is dragged by. */
export const dragHandleClass = 'tile-handle'
