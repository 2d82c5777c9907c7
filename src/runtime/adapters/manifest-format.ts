// The name of the adapter's format, in adapter.json and in the metadata of adapter.safetensors.

/** Changes when a reader of older manifests could misread a newer one. */
export const manifestFormat = "dept-adapter/1";
