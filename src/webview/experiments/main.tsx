import '../shared/base.css';
import './style.css';
import { options, render } from 'preact';
import { App } from './app';

// Whatever comes of runs at work, a slider or the pointer: the page is drawn once a frame.
options.debounceRendering = requestAnimationFrame;
render(<App />, document.getElementById('app')!);
