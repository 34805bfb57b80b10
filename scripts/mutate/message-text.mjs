/**
 * The rule by which texts for people are no mutants: a string or a template within the message of
 * `assert` or `demand`, or within what an error is constructed with. The condition of an assertion
 * is mutated like any other code, and so is every string that means something to the core.
 */
const CHECKS = new Set(["assert", "demand"]);

/** @param path of Babel */
function isMessageText(path) {
  for (let at = path; at.parentPath !== null; at = at.parentPath) {
    const { parentPath } = at;
    if (parentPath.isStatement() || parentPath.isClassBody()) return false;
    if (at.listKey !== "arguments") continue;
    const { name } = parentPath.node.callee;
    if (parentPath.isNewExpression() && name?.endsWith("Error")) return true;
    if (parentPath.isCallExpression() && CHECKS.has(name)) return at.key > 0;
  }
  return false;
}

export const strykerPlugins = [
  {
    kind: "Ignore",
    name: "message-text",
    value: {
      shouldIgnore(path) {
        const isText = path.isStringLiteral() || path.isTemplateLiteral();
        return isText && isMessageText(path) ? "the text of a message" : undefined;
      },
    },
  },
];
