// Rule by rule: break it, let those who must miss it speak, mend it.
import { runTests, verdictOf } from "./test-run.mjs";

/**
 * @param scratches as many as rules are broken at a time
 * @param breakRule what is done with a rule that is broken in a scratch copy
 * @returns what `breakRule` gave for each rule, in the order of the rules
 */
export async function forEachBroken(scratches, rules, breakRule) {
  const results = new Array(rules.length);
  let next = 0;
  const work = async (scratch) => {
    for (let place = next++; place < rules.length; place = next++) {
      const rule = rules[place];
      scratch.plant([rule]);
      results[place] = await breakRule(scratch, rule);
      scratch.restore([rule]);
    }
  };
  await Promise.all(scratches.map(work));
  return results;
}

/** @returns per catcher of the rule whether it noticed. */
export async function askCatchers(scratch, rule) {
  const answers = [];
  for (const { file, test } of rule.catchers) {
    const verdict = verdictOf(await runTests(scratch, [file], test));
    answers.push({ rule: rule.name, file, test, ...verdict });
  }
  return answers;
}
