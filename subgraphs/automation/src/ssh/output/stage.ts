/** A step that text passes through in pieces. What it returns in total does not depend on how the text was cut. */
export interface TextStage {
  write(text: string): string;
  /** What was still held back. Nothing is written after it. */
  end(): string;
}

/** Stages in a row. */
export function chain(stages: readonly TextStage[]): TextStage {
  return {
    write: (text) => stages.reduce((passed, stage) => (passed ? stage.write(passed) : ''), text),
    end: () => stages.reduce((left, stage) => (left ? stage.write(left) : '') + stage.end(), ''),
  };
}
