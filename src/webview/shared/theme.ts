import { useEffect, useState } from 'preact/hooks';

/** Counts theme changes, so that what is drawn on a canvas can be drawn again. */
export function useTheme(): number {
  const [count, setCount] = useState(0);
  useEffect(() => {
    const observer = new MutationObserver(() => {
      setCount((n) => n + 1);
    });
    observer.observe(document.documentElement, { attributes: true, attributeFilter: ['style'] });
    observer.observe(document.body, { attributes: true, attributeFilter: ['class', 'data-vscode-theme-id'] });
    return () => {
      observer.disconnect();
    };
  }, []);
  return count;
}

/** The theme's colours as a canvas takes them. */
export function themeColors(): { first: string; second: string; quiet: string; grid: string; font: string } {
  const style = getComputedStyle(document.body);
  const color = (...names: string[]): string => names.map((n) => style.getPropertyValue(n).trim()).find((v) => v !== '') ?? style.color;
  return {
    first: color('--vscode-charts-blue', '--vscode-focusBorder'),
    second: color('--vscode-charts-yellow', '--vscode-charts-orange', '--vscode-foreground'),
    quiet: color('--vscode-descriptionForeground', '--vscode-foreground'),
    grid: `color-mix(in srgb, ${color('--vscode-descriptionForeground', '--vscode-foreground')} 22%, transparent)`,
    font: color('--vscode-font-family'),
  };
}
