// Beam search: several texts of each input go on side by side, and the best that ended is answered.
//
// Scores and order of decisions are those of transformers' `generate`, so the same settings write the same texts.

import { consume, free } from "../primitives/consume.ts";
import { tf, type Tensor2D } from "../tf.ts";
import type { Beams, GenerateOptions } from "./backbone.ts";
import type { Writer } from "./writer.ts";

interface Text {
  readonly tokens: readonly number[];
  /** Sum of log-probabilities; of an ended text divided by its length to the penalty. */
  readonly score: number;
}

interface Candidate extends Text {
  /** The running text it goes on from. */
  readonly from: number;
  readonly ended: boolean;
}

/** One input's search. */
interface Search {
  running: readonly Candidate[];
  ended: readonly Text[];
  /** Whether a running text may still become better than the ended ones. */
  open: boolean;
}

/** The best text of each input, its end left out. Disposes the writer. */
export async function writeWithBeams(
  writer: Writer,
  { maxNewTokens, stopId, beams }: GenerateOptions & { readonly beams: Beams },
): Promise<number[][]> {
  const start: Candidate = { tokens: [], score: 0, from: 0, ended: false };
  const searches = Array.from({ length: writer.inputs }, (): Search => {
    return { running: [start], ended: [], open: true };
  });
  try {
    for (let length = 1; length <= maxNewTokens; length++) {
      const scores = length === 1 ? writer.first() : nextScores(writer, searches);
      const likeliest = await mostLikely(scores, 2 * beams.count);
      let row = 0;
      for (const search of searches) {
        const rows = likeliest.slice(row, (row += search.running.length));
        const isLast = length === maxNewTokens;
        advance(search, candidatesOf(search.running, rows, 2 * beams.count, stopId), {
          beams,
          length,
          isLast,
        });
      }
      if (!searches.some(({ open }) => open)) break;
      if (beams.earlyStopping === true && searches.every(({ ended }) => ended.length === beams.count)) break;
    }
  } finally {
    writer.dispose();
  }
  return searches.map(({ ended }) => (ended[0]?.tokens ?? []).filter((token) => token !== stopId));
}

function nextScores(writer: Writer, searches: readonly Search[]): Tensor2D {
  const running = searches.flatMap((search) => search.running);
  const tokens = Int32Array.from(running, (text) => text.tokens.at(-1) ?? 0);
  return writer.next(
    tokens,
    Int32Array.from(running, ({ from }) => from),
  );
}

/** The `count` likeliest continuations of all running texts, best first. */
function candidatesOf(
  running: readonly Candidate[],
  likeliest: readonly (readonly Likely[])[],
  count: number,
  stopId: number,
): readonly Candidate[] {
  const all = running.flatMap(({ tokens, score }, from) =>
    (likeliest[from] ?? []).map(({ token, logProbability }): Candidate => {
      const sum = Math.fround(score + logProbability);
      return { tokens: [...tokens, token], score: sum, from, ended: token === stopId };
    }),
  );
  return best(all, count);
}

/** Of the candidates the best that go on go on, and of the best those that ended are kept. */
function advance(
  search: Search,
  candidates: readonly Candidate[],
  { beams, length, isLast }: { readonly beams: Beams; readonly length: number; readonly isLast: boolean },
): void {
  const { count, lengthPenalty = 1, earlyStopping = false } = beams;
  const isFull = earlyStopping && search.ended.length === count;
  const divided = (score: number) => Math.fround(score / length ** lengthPenalty);
  if (search.open && !isFull) {
    const ended = candidates.slice(0, count).filter((text) => text.ended || isLast);
    const scored = ended.map(({ tokens, score }) => ({ tokens, score: divided(score) }));
    search.ended = best([...search.ended, ...scored], count);
  }
  search.running = candidates.filter(({ ended }) => !ended).slice(0, count);
  const worst = search.ended.length === count ? (search.ended.at(-1)?.score ?? -Infinity) : -Infinity;
  search.open &&= divided(search.running[0]?.score ?? -Infinity) > worst;
}

function best<T extends Text>(texts: readonly T[], count: number): T[] {
  return texts.toSorted((a, b) => b.score - a.score).slice(0, count);
}

interface Likely {
  readonly token: number;
  readonly logProbability: number;
}

/** The `count` likeliest tokens of each row, best first. Frees `scores`. */
async function mostLikely(scores: Tensor2D, count: number): Promise<Likely[][]> {
  const { values, indices } = consume(scores, () => {
    const { values, indices } = tf.topk(tf.logSoftmax(scores), Math.min(count, scores.shape[1]));
    return { values, indices };
  });
  const [logs, tokens] = await Promise.all([values.data(), indices.data()]);
  const width = values.shape[1] ?? 0;
  const rows = Array.from({ length: scores.shape[0] }, (_, row) =>
    Array.from({ length: width }, (_, column): Likely => {
      const at = row * width + column;
      return { token: tokens[at] ?? 0, logProbability: logs[at] ?? -Infinity };
    }),
  );
  free([values, indices]);
  return rows;
}
