// onnx: answers of an ONNX file by ONNX Runtime.
// SPDX-License-Identifier: MIT
//
// node onnx.js MODEL.onnx ROWS.f32 SHAPE ANSWERS.json [REPEAT]    with onnxruntime-node in NODE_PATH
// SHAPE is that of a row: 784, or 1,28,28; or "columns": then ROWS is JSON, a list for each column by its name, of numbers, null or texts. ANSWERS gets the values of each output by its name.
// REPEAT: answers that many rows, each alone, and prints the median and the 99th percentile of the microseconds.
const fs = require('fs');
const ort = require('onnxruntime-node');

function tensorOf(values) {
    const shape = [values.length, 1];
    if (values.some((value) => typeof value === 'string')) return new ort.Tensor('string', values, shape);
    return new ort.Tensor('float32', Float32Array.from(values, (value) => value === null ? NaN : value), shape);
}

async function runColumns(model, rows, answers) {
    const columns = JSON.parse(fs.readFileSync(rows)), session = await ort.InferenceSession.create(model);
    const feeds = Object.fromEntries(session.inputNames.map((name) => [name, tensorOf(columns[name])]));
    const result = {inputs: session.inputNames, outputs: session.outputNames}, said = await session.run(feeds);
    for (const name of session.outputNames)
        result[name] = Array.from(said[name].data, name === 'label' ? String : Number);
    fs.writeFileSync(answers, JSON.stringify(result));
}

async function main([model, rows, shape, answers, repeat]) {
    if (shape === 'columns') return runColumns(model, rows, answers);
    const bytes = fs.readFileSync(rows), sides = shape.split(',').map(Number), width = sides.reduce((a, b) => a * b);
    const x = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
    const session = await ort.InferenceSession.create(model, {intraOpNumThreads: 1, interOpNumThreads: 1});
    const [input] = session.inputNames;
    const run = (values) => session.run({[input]: new ort.Tensor('float32', values, [values.length / width, ...sides])});
    const result = {inputs: session.inputNames, outputs: session.outputNames}, said = await run(x);
    for (const name of session.outputNames)
        result[name] = Array.from(said[name].data, name === 'label' ? String : Number);
    if (repeat) {
        const times = [], count = x.length / width;
        for (let i = 0; i < Number(repeat); i++) {
            const row = x.subarray(i % count * width, (i % count + 1) * width);
            const began = process.hrtime.bigint();
            await run(row);
            times.push(Number(process.hrtime.bigint() - began) / 1000);
        }
        times.sort((a, b) => a - b);
        result.microseconds = times[times.length >> 1];
        result.late = times[Math.floor(times.length * 0.99)];
    }
    fs.writeFileSync(answers, JSON.stringify(result));
}

main(process.argv.slice(2)).catch((error) => {
    console.error(String(error));
    process.exit(1);
});
