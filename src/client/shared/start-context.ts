/** The settings that the start of a run needs beside its input. */
export interface StartContext {
  /** MOORING_TASK_QUEUE, where workflows are served. */
  taskQueue: string;
  /** MOORING_ID_KEY. */
  idKey?: string | undefined;
}
