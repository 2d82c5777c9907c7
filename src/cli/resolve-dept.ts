// Lets a script that `dept run` wrote find `dept-lang`, wherever the script stands and however dept was installed.

import { register } from "node:module";

const hooks = `
  const home = ${JSON.stringify(import.meta.url)};
  export async function resolve(specifier, context, next) {
    if (!/^dept-lang(\\/|$)/.test(specifier)) return next(specifier, context);
    try { return await next(specifier, context); } // the project's own copy comes first
    catch { return next(specifier, { ...context, parentURL: home }); }
  }`;

register(`data:text/javascript,${encodeURIComponent(hooks)}`);
