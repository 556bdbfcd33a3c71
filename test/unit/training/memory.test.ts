import assert from 'node:assert/strict';
import { modelSpecs } from '../../../src/models/specs';
import { sizeOf } from '../../../src/models/params';
import { addLora } from '../../../src/models/lora';
import { bytesPerCell, cellsAtOnce, frozenModel, parameterCount, trainedModel } from '../../../src/training/memory';
import { tinyModel } from './tiny';

describe('memory', () => {
  const { config } = tinyModel('lm');

  it('counts a model\'s weights', () => {
    for (const tieWordEmbeddings of [true, false]) {
      const c = { ...config, tieWordEmbeddings };
      assert.equal(parameterCount(c), modelSpecs(c, 'lm').reduce((n, s) => n + sizeOf(s.shape), 0));
    }
  });

  it('counts the optimizer of an adapter only', () => {
    const model = tinyModel('lm');
    const net = addLora(model, { rank: 2, alpha: 4, targets: ['q_proj'], rsLora: false }, 'lm', 1);
    assert.equal(trainedModel('', model.params).bytes, 16 * model.params.data.length);
    assert.equal(trainedModel('', net.params).bytes, 16 * 2 * 2 * (16 + 16));
    assert.equal(frozenModel('', net.config).bytes, 4 * model.params.data.length);
  });

  it('wants more for training, for logits and for longer rows', () => {
    const run = bytesPerCell(config, 32, { train: false, logits: false });
    const train = bytesPerCell(config, 32, { train: true, logits: false });
    assert.ok(train > run && bytesPerCell(config, 32, { train: true, logits: true }) > train && bytesPerCell(config, 64, { train: true, logits: false }) > train);
  });

  it('computes fewer cells at once the larger the model', () => {
    const large = { ...config, hiddenSize: 2048, intermediateSize: 8192, layers: 24, vocabSize: 50000 };
    assert.equal(cellsAtOnce(config, 64), 4096);
    assert.equal(cellsAtOnce(large, 64), 512);
  });
});
