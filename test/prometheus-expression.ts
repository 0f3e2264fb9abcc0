/** A metric that an expression names, and the labels by which it selects series. */
export interface NamedMetric {
  readonly name: string;
  readonly labels: readonly string[];
}

const WORDS = new Set(['and', 'or', 'unless', 'bool', 'offset']);
/** What follows these stands in parentheses and names labels. */
const GROUPINGS = /\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)/g;

/** The metrics of an expression in PromQL, as far as dashboards and alerts use the language. */
export function metricsOf(expression: string): readonly NamedMetric[] {
  const bare = expression.replace(GROUPINGS, ' ').replace(/\[[^\]]*\]/g, ' ');
  return [...bare.matchAll(/([a-z_:][a-z0-9_:]*)\s*(\{[^}]*\}|\()?/gi)]
    .filter(([, name = '', next]) => next !== '(' && !WORDS.has(name))
    .map(([, name = '', selector = '']) => ({
      name,
      labels: [...selector.matchAll(/([a-z_]+)\s*(?:=~|!~|!=|=)\s*"/g)].map(([, it = '']) => it),
    }));
}

/** The labels by which an expression groups and matches. */
export function groupingsOf(expression: string): readonly string[] {
  return [...expression.matchAll(GROUPINGS)].flatMap(([, labels = '']) =>
    labels
      .split(',')
      .map((label) => label.trim())
      .filter(Boolean),
  );
}
