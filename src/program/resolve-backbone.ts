// A backbone declaration to the frozen model's dimensions.

import type { BackboneDeclaration, Field } from "../syntax/ast.ts";
import type { Architecture, Backbone, Resource } from "./program.ts";
import { complete, readSettings, type Schema, type WrittenField } from "./read-settings.ts";
import { integer, oneOf } from "./read-value.ts";
import { checkpoint } from "./resource.ts";
import { type Context, placeOf } from "./scope.ts";

interface BackboneSettings {
  readonly architecture: Architecture;
  readonly checkpoint: Resource;
  readonly width: number;
  readonly heads: number;
  readonly head_width: number;
  readonly feed_forward: number;
  readonly encoder_layers: number;
  readonly decoder_layers: number;
  readonly vocabulary: number;
}

const size = integer({ min: 1 });

/** Settings of a `backbone` block, named as in the literature; all are asserted against config.json when it is loaded. */
export const backboneSchema: Schema<BackboneSettings> = {
  architecture: { read: oneOf("t5"), example: "architecture = t5" },
  checkpoint: { read: checkpoint, example: 'checkpoint = folder("checkpoints/t5-small")' },
  width: { read: size, example: "width = 512" },
  heads: { read: size, example: "heads = 8" },
  head_width: { read: size, example: "head_width = 64" },
  feed_forward: { read: size, example: "feed_forward = 2_048" },
  encoder_layers: { read: size, example: "encoder_layers = 6" },
  decoder_layers: { read: size, example: "decoder_layers = 6" },
  vocabulary: { read: size, example: "vocabulary = 32_128" },
};

export function resolveBackbone(
  declaration: BackboneDeclaration,
  context: Context,
  changed: readonly WrittenField[],
): Backbone | undefined {
  const { name, doc } = declaration;
  const place = placeOf(context, name);
  const declared = declaration.fields.map((field: Field): WrittenField => ({ field, context }));
  const owner = { name: name.text, place, context };
  const all = complete(readSettings(owner, [declared, changed], backboneSchema));
  if (!all) return undefined;
  return {
    kind: "backbone",
    name: name.text,
    place,
    doc,
    architecture: all.architecture,
    checkpoint: all.checkpoint,
    width: all.width,
    heads: all.heads,
    headWidth: all.head_width,
    feedForward: all.feed_forward,
    encoderLayers: all.encoder_layers,
    decoderLayers: all.decoder_layers,
    vocabulary: all.vocabulary,
  };
}
