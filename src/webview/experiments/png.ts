import type { ChartLayout } from '../../base/chart';
import type { ChartColors } from '../../base/chart-svg';

/** A chart as a PNG in base64, at twice its size. Drawn on a canvas: the page may load no image. */
export function pngOf(layout: ChartLayout, colors: ChartColors, legend: boolean): string {
  const named = legend ? layout.lines.filter((l) => !l.pale) : [];
  const titleHeight = layout.title === '' ? 0 : 22;
  const height = layout.height + titleHeight + 18 * named.length + (named.length > 0 ? 8 : 0);
  const canvas = document.createElement('canvas');
  canvas.width = 2 * layout.width;
  canvas.height = 2 * height;
  const c = canvas.getContext('2d')!;
  const { plot } = layout;
  const color = (n: number): string => colors.series[n % colors.series.length]!;
  c.scale(2, 2);
  c.fillStyle = colors.background ?? '#ffffff';
  c.fillRect(0, 0, layout.width, height);
  const text = (words: string, x: number, y: number, align: CanvasTextAlign, font = '11px'): void => {
    c.font = `${font} ${colors.font}`;
    c.fillStyle = colors.text;
    c.textAlign = align;
    c.fillText(words, x, y);
  };
  if (layout.title !== '') text(layout.title, plot.left, 16, 'left', '600 13px');
  c.translate(0, titleHeight);
  for (const { at, text: words } of layout.yTicks) {
    c.strokeStyle = colors.grid;
    c.lineWidth = 1;
    c.beginPath();
    c.moveTo(plot.left, at);
    c.lineTo(plot.right, at);
    c.stroke();
    text(words, plot.left - 6, at + 4, 'right');
  }
  for (const { at, text: words } of layout.xTicks) text(words, at, plot.bottom + 15, 'center');
  text(layout.xLabel, (plot.left + plot.right) / 2, plot.bottom + 30, 'center');
  c.save();
  c.translate(12, (plot.top + plot.bottom) / 2);
  c.rotate(-Math.PI / 2);
  text(layout.yLabel, 0, 0, 'center');
  c.restore();
  for (const line of layout.lines) {
    c.strokeStyle = c.fillStyle = color(line.color);
    c.globalAlpha = line.pale ? 0.3 : 1;
    c.lineWidth = line.pale ? 1 : 1.75;
    c.setLineDash(line.dash === '' ? [] : line.dash.split(' ').map(Number));
    if (line.d !== '') c.stroke(new Path2D(line.d));
    for (const [x, y] of line.points) {
      c.beginPath();
      c.arc(x, y, 3, 0, 2 * Math.PI);
      c.fill();
    }
  }
  c.globalAlpha = 1;
  named.forEach((line, i) => {
    const y = layout.height + 8 + 18 * i;
    c.strokeStyle = color(line.color);
    c.lineWidth = 2.5;
    c.setLineDash(line.dash === '' ? [] : line.dash.split(' ').map(Number));
    c.beginPath();
    c.moveTo(plot.left, y);
    c.lineTo(plot.left + 22, y);
    c.stroke();
    text(line.name, plot.left + 30, y + 4, 'left');
  });
  const url = canvas.toDataURL('image/png');
  return url.slice(url.indexOf(',') + 1);
}
