// T5 a second time, in plain taped operations and straight from the tensors' names: the oracle of the explicit backward pass.

import type { InputBatch, TargetBatch } from "../../src/runtime/models/backbone.ts";
import { tf, type Scalar, type Tensor, type Tensor2D, type Tensor3D } from "../../src/runtime/tf.ts";
import { readSafetensors } from "../../src/runtime/weights/safetensors.ts";

export interface TapeConfig {
  readonly width: number;
  readonly heads: number;
  readonly encoderLayers: number;
  readonly decoderLayers: number;
  readonly buckets: number;
  readonly maxDistance: number;
}

/** Mean cross-entropy over the target tokens as a function of the embeddings, differentiable by tfjs. */
export function tapeLoss(weightsFile: string, config: TapeConfig, input: InputBatch, targets: TargetBatch) {
  const { tensors } = readSafetensors(weightsFile);
  const weight = (name: string): Tensor => {
    const found = tensors[`${name}.weight`];
    if (found === undefined) throw new Error(`no tensor ${name}.weight`);
    return tf.tensor(found.data, [...found.shape]);
  };

  /** `[batch, rows, in]` → `[batch, rows, out]`. */
  const linear = (x: Tensor, name: string): Tensor => {
    const [batch = 0, rows = 0, size = 0] = x.shape;
    return tf.reshape(tf.matMul(tf.reshape(x, [-1, size]), weight(name), false, true), [batch, rows, -1]);
  };
  const norm = (x: Tensor, name: string): Tensor => {
    const meanSquare = tf.mean(tf.square(x), -1, true);
    return tf.mul(tf.div(x, tf.sqrt(tf.add(meanSquare, 1e-6))), weight(name));
  };
  const attention = (name: string, x: Tensor, source: Tensor, bias: Tensor): Tensor => {
    const heads = (y: Tensor) => {
      const [batch = 0, rows = 0, size = 0] = y.shape;
      return tf.transpose(tf.reshape(y, [batch, rows, config.heads, size / config.heads]), [0, 2, 1, 3]);
    };
    const [q, k, v] = [
      heads(linear(x, `${name}.q`)),
      heads(linear(source, `${name}.k`)),
      heads(linear(source, `${name}.v`)),
    ];
    const mixed = tf.matMul(tf.softmax(tf.add(tf.matMul(q, k, false, true), bias)), v);
    const [batch = 0, , rows = 0] = mixed.shape;
    return linear(tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [batch, rows, -1]), `${name}.o`);
  };
  const feedForward = (layer: string, x: Tensor): Tensor => {
    const hidden = tf.relu(linear(norm(x, `${layer}.layer_norm`), `${layer}.DenseReluDense.wi`));
    return tf.add(x, linear(hidden, `${layer}.DenseReluDense.wo`));
  };

  /** Buckets by counting borders: bucket b of the far half begins at exact·(maxDistance/exact)^(b/far). */
  const bucket = (distance: number, buckets: number, exact: number): number => {
    if (distance < exact) return distance;
    const far = buckets - exact;
    const borders = Array.from({ length: far }, (_, i) => exact * (config.maxDistance / exact) ** (i / far));
    return exact - 1 + borders.filter((border) => distance >= border * (1 - 1e-6)).length;
  };
  const positions = (stack: string, rows: number, causal: boolean): Tensor => {
    const table = weight(
      `${stack}.block.0.layer.0.SelfAttention.relative_attention_bias`,
    ).arraySync() as number[][];
    const side = causal ? config.buckets : config.buckets / 2;
    const cell = (query: number, key: number, head: number) => {
      if (causal && key > query) return -1e9;
      const index = bucket(Math.abs(key - query), side, side / 2) + (key > query ? side : 0);
      return table[index]?.[head] ?? NaN;
    };
    const range = (n: number) => Array.from({ length: n }, (_, i) => i);
    return tf.tensor4d([
      range(config.heads).map((h) => range(rows).map((q) => range(rows).map((k) => cell(q, k, h)))),
    ]);
  };

  return (embeddings: Tensor3D): Scalar => {
    const [batch, rows, width] = embeddings.shape;
    const prompt = rows - input.rows;
    const seen = Array.from({ length: batch }, (_, i) =>
      Array.from({ length: rows }, (_, j) => (j < prompt + (input.lengths[i] ?? 0) ? 0 : -1e9)),
    );
    const mask = tf.reshape(tf.tensor2d(seen), [batch, 1, 1, rows]);
    const encoderBias = tf.add(positions("encoder", rows, false), mask);

    let x: Tensor = embeddings;
    for (let block = 0; block < config.encoderLayers; block++) {
      const layer = `encoder.block.${block}.layer`;
      const h = norm(x, `${layer}.0.layer_norm`);
      x = feedForward(`${layer}.1`, tf.add(x, attention(`${layer}.0.SelfAttention`, h, h, encoderBias)));
    }
    const encoded = norm(x, "encoder.final_layer_norm");

    const labels = Array.from(targets.ids);
    const shifted = labels.map((_, i) => (i % targets.columns === 0 ? 0 : Math.max(labels[i - 1] ?? 0, 0)));
    const table = weight("shared") as Tensor2D;
    let y: Tensor = tf.reshape(tf.gather(table, tf.tensor1d(shifted, "int32")), [
      batch,
      targets.columns,
      width,
    ]);
    for (let block = 0; block < config.decoderLayers; block++) {
      const layer = `decoder.block.${block}.layer`;
      const h = norm(y, `${layer}.0.layer_norm`);
      y = tf.add(y, attention(`${layer}.0.SelfAttention`, h, h, positions("decoder", targets.columns, true)));
      y = tf.add(y, attention(`${layer}.1.EncDecAttention`, norm(y, `${layer}.1.layer_norm`), encoded, mask));
      y = feedForward(`${layer}.2`, y);
    }
    const h = tf.mul(norm(y, "decoder.final_layer_norm"), width ** -0.5);
    const scores = tf.matMul(tf.reshape(h, [-1, width]), table, false, true);
    const right = tf.oneHot(
      tf.tensor1d(
        labels.map((id) => Math.max(id, 0)),
        "int32",
      ),
      scores.shape[1] ?? 0,
    );
    const perToken = tf.sub(tf.logSumExp(scores, -1), tf.sum(tf.mul(scores, right), -1));
    const counted = tf.tensor1d(labels.map((id) => (id < 0 ? 0 : 1)));
    return tf.div(tf.sum(tf.mul(perToken, counted)), tf.sum(counted));
  };
}
