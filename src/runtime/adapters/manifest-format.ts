// The names of our formats, as adapter.json and the metadata of the files have them.

/** Changes when a reader of older manifests could misread a newer one. */
export const manifestFormat = "dept-adapter/1";

/** Of folded.safetensors: `prompt` `[length, width]` and `offset` `[rows, width]`. */
export const foldedFormat = "dept-folded/1";
