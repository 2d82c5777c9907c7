// One norm over the gradients of all tensors together, and one factor that keeps it within a limit.

/** The Euclidean norm of all gradients taken as one vector. */
export function globalNorm(gradients: Iterable<Float32Array>): number {
  let squares = 0;
  for (const gradient of gradients) {
    // Counted: an iterator takes several times as long, and a whole backbone has many entries.
    for (let i = 0; i < gradient.length; i++) squares += (gradient[i] ?? 0) ** 2;
  }
  return Math.sqrt(squares);
}

/**
 * Scales all gradients, in place, so that their common norm is at most `limit`; returns the norm before that. The same
 * as torch's `clip_grad_norm_` over every group's tensors, its 1e-6 in the denominator included.
 */
export function clipByGlobalNorm(gradients: readonly Float32Array[], limit: number): number {
  const norm = globalNorm(gradients);
  const factor = Math.min(1, limit / (norm + 1e-6));
  if (factor < 1) {
    for (const gradient of gradients)
      for (let i = 0; i < gradient.length; i++) gradient[i] = (gradient[i] ?? 0) * factor;
  }
  return norm;
}
