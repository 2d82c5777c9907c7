// The declarations of a file that somebody asked for, with those that they name in turn.

import type { Piece } from "./split-declarations.ts";

/** Without `names`, and where one of them is declared nowhere, all: a message about it lists what there is. */
export function wantedPieces(
  pieces: readonly Piece[],
  names: ReadonlySet<string> | undefined,
): readonly Piece[] {
  if (names === undefined) return pieces;
  const declared = new Map(pieces.flatMap((piece) => nameOf(piece)));
  if (![...names].every((name) => declared.has(name))) return pieces;
  const wanted = new Set<Piece>();
  const waiting = [...names];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const piece = declared.get(name);
    if (!piece || wanted.has(piece)) continue;
    wanted.add(piece);
    for (const { image } of piece.tokens) if (declared.has(image)) waiting.push(image);
  }
  return pieces.filter((piece) => piece.kind !== "declaration" || wanted.has(piece));
}

function nameOf(piece: Piece): readonly (readonly [string, Piece])[] {
  const name = piece.kind === "declaration" ? piece.tokens[1]?.image : undefined;
  return name === undefined ? [] : [[name, piece]];
}
