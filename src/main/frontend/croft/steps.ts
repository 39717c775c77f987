/**
 * What Nix does, as a tree: a derivation, and below it what it needs. Nix has a graph; a step that several others need stands below the
 * first of them, so that each is drawn once.
 */

export type State = 'running' | 'done' | 'failed';

/** [id, kind, name, path, state, ids of inputs, bytes done, bytes expected, milliseconds since 1970] as the server sends it. */
export type Wire = [number, string, string, string, State, number[], number | null, number | null, number];

export interface Step {
  id: number;
  kind: string;
  name: string;
  path: string;
  state: State;
  inputs: number[];
  bytesDone: number | null;
  bytesExpected: number | null;
  startedAt: number;
  endedAt: number | undefined;
}

export interface Row {
  step: Step;
  /** 1 for a root. */
  level: number;
  expandable: boolean;
  expanded: boolean;
}

/** Far more than a system has that is rebuilt; beyond it the oldest finished steps are forgotten. */
export const MOST = 5000;

export class Steps {
  private byId = new Map<number, Step>();
  /** What the reader opened (true) or closed (false) by hand. */
  private chosen = new Map<number, boolean>();

  take(batch: Wire[]): void {
    for (const [id, kind, name, path, state, inputs, bytesDone, bytesExpected, at] of batch) {
      const known = this.byId.get(id);
      this.byId.set(id, {
        id,
        kind,
        name,
        path,
        state,
        inputs,
        bytesDone,
        bytesExpected,
        startedAt: known?.startedAt ?? at,
        endedAt: state === 'running' ? undefined : (known?.endedAt ?? at),
      });
    }
    for (const [id, step] of this.byId) {
      if (this.byId.size <= MOST) break;
      if (step.state === 'done') {
        this.byId.delete(id);
        this.chosen.delete(id);
      }
    }
  }

  clear(): void {
    this.byId.clear();
    this.chosen.clear();
  }

  get size(): number {
    return this.byId.size;
  }

  count(state: State): number {
    let found = 0;
    for (const step of this.byId.values()) {
      if (step.state === state) found++;
    }
    return found;
  }

  open(id: number, expanded: boolean): void {
    this.chosen.set(id, expanded);
  }

  /** The rows that are in sight when everything closed is closed, roots first. Failed ones stand first, then what runs. */
  rows(): Row[] {
    const needed = new Set<number>();
    for (const step of this.byId.values()) {
      for (const input of step.inputs) needed.add(input);
    }
    const placed = new Set<number>();
    const rows: Row[] = [];
    const lively = this.lively();
    const roots = [...this.byId.values()].filter((step) => !needed.has(step.id));
    // steps that need each other cannot be; if a box says so all the same, the oldest of them is a root
    if (roots.length === 0 && this.byId.size > 0) {
      roots.push(this.byId.values().next().value as Step);
    }
    const stack: { step: Step; level: number; hidden: boolean }[] = sorted(roots)
      .reverse()
      .map((step) => ({ step, level: 1, hidden: false }));
    while (stack.length) {
      const { step, level, hidden } = stack.pop()!;
      if (placed.has(step.id)) continue;
      placed.add(step.id);
      const below = step.inputs.map((id) => this.byId.get(id)).filter((each): each is Step => each !== undefined && !placed.has(each.id));
      const expanded = this.chosen.get(step.id) ?? below.some((each) => lively.has(each.id));
      if (!hidden) {
        rows.push({ step, level, expandable: below.length > 0, expanded: below.length > 0 && expanded });
      }
      for (const each of sorted(below).reverse()) {
        stack.push({ step: each, level: level + 1, hidden: hidden || !expanded });
      }
    }
    return rows;
  }

  /** Steps that run or have failed, and all that lead to them: what opens by itself. */
  private lively(): Set<number> {
    const needers = new Map<number, number[]>();
    for (const step of this.byId.values()) {
      for (const input of step.inputs) {
        const list = needers.get(input);
        if (list) list.push(step.id);
        else needers.set(input, [step.id]);
      }
    }
    const found = new Set<number>();
    const todo = [...this.byId.values()].filter((step) => step.state !== 'done').map((step) => step.id);
    while (todo.length) {
      const id = todo.pop()!;
      if (found.has(id)) continue;
      found.add(id);
      todo.push(...(needers.get(id) ?? []));
    }
    return found;
  }
}

const RANK: Record<State, number> = { failed: 0, running: 1, done: 2 };

function sorted(steps: Step[]): Step[] {
  return [...steps].sort((a, b) => RANK[a.state] - RANK[b.state] || a.id - b.id);
}
