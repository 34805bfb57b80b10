// workerpool's worker: answers what it is asked.
import workerpool from "workerpool";
import { answerTo } from "../questions.ts";

workerpool.worker({ echo: answerTo });
