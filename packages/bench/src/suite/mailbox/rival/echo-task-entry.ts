// piscina's task: answers with what it is given.
export default (number: number): number => number;
