// A job or a performed operation that has not returned. The life that started it does not end before it has.
import { Link } from "./chain.ts";

export class Task extends Link {
  readonly what: "job" | "perform";
  readonly name: string;

  constructor(what: "job" | "perform", name: string) {
    super();
    this.what = what;
    this.name = name;
  }
}
