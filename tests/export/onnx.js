// onnx: answers of an ONNX file by ONNX Runtime.
// SPDX-License-Identifier: MIT
//
// node onnx.js MODEL.onnx ROWS.f32 FEATURES ANSWERS.json [REPEAT]    with onnxruntime-node in NODE_PATH
// REPEAT: answers that many rows, each alone, and tells the median and the 99th percentile of the microseconds.
const fs = require('fs');
const ort = require('onnxruntime-node');

async function main([model, rows, features, answers, repeat]) {
    const bytes = fs.readFileSync(rows), width = Number(features);
    const x = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
    const session = await ort.InferenceSession.create(model, {intraOpNumThreads: 1, interOpNumThreads: 1});
    const run = (values) => session.run({input: new ort.Tensor('float32', values, [values.length / width, width])});
    const {label, probabilities} = await run(x);
    const result = {inputs: session.inputNames, outputs: session.outputNames, label: Array.from(label.data, String),
                    probabilities: Array.from(probabilities.data)};
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
