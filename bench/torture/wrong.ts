/** Millrace has not kept what it promises: the run is over and has failed. */
export class Wrong extends Error {}
