// workerpool's worker: answers with what it is given.
import workerpool from "workerpool";

workerpool.worker({ echo: (number: number) => number });
