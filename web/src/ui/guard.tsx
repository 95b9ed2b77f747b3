// When a page cannot be drawn, it says so; the rest of the dashboard goes on.
import { Component, type ComponentChildren } from 'preact';
import { failureOf } from '../api';
import { Failed } from './states';

export class Guard extends Component<{ children: ComponentChildren }, { broken: unknown }> {
  override state = { broken: undefined as unknown };

  override componentDidCatch(error: unknown): void {
    this.setState({ broken: error });
    console.error(error);
  }

  render() {
    if (this.state.broken === undefined) return this.props.children;
    return <div class="page"><Failed failure={failureOf(this.state.broken)} retry={() => location.reload()} /></div>;
  }
}
