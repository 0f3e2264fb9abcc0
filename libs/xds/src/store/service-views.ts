import type { GroupedView } from '../resources/flavour.js';
import { isServiceName } from '../service-view.js';

/** The views of all services, including empty ones of services that clients asked for. */
export class ServiceViews {
  private readonly views = new Map<string, GroupedView>();
  private readonly unknown = new Map<string, GroupedView>();

  constructor(private readonly maxUnknown: number) {}

  /** The views that were set, in order of name: the same services must give the same bytes. */
  get all(): readonly GroupedView[] {
    return [...this.views.values()].sort((a, b) => (a.view.name < b.view.name ? -1 : 1));
  }

  has(name: string): boolean {
    return this.views.has(name);
  }

  /** The view that was set. */
  known(name: string): GroupedView | undefined {
    return this.views.get(name);
  }

  set(view: GroupedView): void {
    this.unknown.delete(view.view.name);
    this.views.set(view.view.name, view);
  }

  /** The view of a service; an empty one if nobody has set it, so that its clients fail at once instead of waiting. */
  get(name: string): GroupedView | undefined {
    const known = this.views.get(name) ?? this.unknown.get(name);
    if (known) return known;
    if (!isServiceName(name) || this.unknown.size >= this.maxUnknown) return undefined;
    const empty = { view: { name, endpoints: [] }, groups: [] };
    this.unknown.set(name, empty);
    return empty;
  }
}
