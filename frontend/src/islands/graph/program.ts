/** Sigma's drawing of nodes: one point sprite per node whose shape tells its kind; fill and border tell its class. */
import type Sigma from "sigma";
import { NodeProgram, type ProgramInfo } from "sigma/rendering";
import type { NodeDisplayData, RenderParams } from "sigma/types";
import { floatColor } from "sigma/utils";

import type { Kind } from "./data";
import type { EdgeAttributes, NodeAttributes } from "./net";

export interface ShownNode extends NodeDisplayData {
  border: string;
  kind: Kind;
}

const SHAPES: Record<Kind, number> = { person: 0, lot: 1, package: 1, place: 2, surface: 3 };

const VERTEX = /* glsl */ `
attribute vec4 a_id;
attribute vec4 a_color;
attribute vec4 a_border;
attribute vec2 a_position;
attribute float a_size;
attribute float a_shape;
uniform float u_sizeRatio;
uniform float u_pixelRatio;
uniform mat3 u_matrix;
varying vec4 v_color;
varying vec4 v_border;
varying float v_shape;
varying float v_pixel;
const float bias = 255.0 / 254.0;

void main() {
  gl_Position = vec4((u_matrix * vec3(a_position, 1)).xy, 0, 1);
  float radius = a_size / u_sizeRatio * u_pixelRatio;
  gl_PointSize = 2.0 * radius + 2.0;
  v_pixel = 1.0 / max(radius, 1.0);
  v_shape = a_shape;
  #ifdef PICKING_MODE
  v_color = a_id;
  v_border = a_id;
  #else
  v_color = a_color;
  v_border = a_border;
  #endif
  v_color.a *= bias;
  v_border.a *= bias;
}`;

// Signed distance to each shape's edge: negative inside; the unit is the node's radius.
const FRAGMENT = /* glsl */ `
precision highp float;
varying vec4 v_color;
varying vec4 v_border;
varying float v_shape;
varying float v_pixel;
uniform float u_borderPixels;

float edge(vec2 p) {
  if (v_shape < 0.5) return length(p) - 0.98;
  if (v_shape < 1.5) return max(abs(p.x), abs(p.y)) - 0.86;
  if (v_shape < 2.5) return (abs(p.x) + abs(p.y)) * 0.7071 - 0.7;
  return max(abs(p.x) * 0.866 - p.y * 0.5, p.y) - 0.55;
}

void main(void) {
  vec2 p = (gl_PointCoord - 0.5) * 2.0;
  float d = edge(p);
  #ifdef PICKING_MODE
  if (d > 0.0) discard;
  gl_FragColor = v_color;
  #else
  float inner = smoothstep(-v_pixel, 0.0, d + u_borderPixels * v_pixel);
  float outer = 1.0 - smoothstep(-v_pixel, v_pixel * 0.5, d);
  gl_FragColor = mix(v_color, v_border, inner) * outer;
  #endif
}`;

const UNIFORMS = ["u_sizeRatio", "u_pixelRatio", "u_matrix", "u_borderPixels"] as const;
const { FLOAT, UNSIGNED_BYTE } = WebGLRenderingContext;

export class ShapeProgram extends NodeProgram<(typeof UNIFORMS)[number], NodeAttributes, EdgeAttributes> {
  override getDefinition() {
    return {
      VERTICES: 1,
      VERTEX_SHADER_SOURCE: VERTEX,
      FRAGMENT_SHADER_SOURCE: FRAGMENT,
      METHOD: WebGLRenderingContext.POINTS as 0,
      UNIFORMS,
      ATTRIBUTES: [
        { name: "a_position", size: 2, type: FLOAT },
        { name: "a_size", size: 1, type: FLOAT },
        { name: "a_shape", size: 1, type: FLOAT },
        { name: "a_color", size: 4, type: UNSIGNED_BYTE, normalized: true },
        { name: "a_border", size: 4, type: UNSIGNED_BYTE, normalized: true },
        { name: "a_id", size: 4, type: UNSIGNED_BYTE, normalized: true },
      ],
    };
  }

  override processVisibleItem(nodeIndex: number, startIndex: number, data: NodeDisplayData): void {
    const { array } = this;
    const shown = data as ShownNode;
    array.set([data.x, data.y, data.size, SHAPES[shown.kind], floatColor(data.color), floatColor(shown.border), nodeIndex], startIndex);
  }

  override setUniforms({ sizeRatio, pixelRatio, matrix }: RenderParams, { gl, uniformLocations }: ProgramInfo): void {
    gl.uniform1f(uniformLocations["u_sizeRatio"] ?? null, sizeRatio);
    gl.uniform1f(uniformLocations["u_pixelRatio"] ?? null, pixelRatio);
    gl.uniform1f(uniformLocations["u_borderPixels"] ?? null, 2 * pixelRatio);
    gl.uniformMatrix3fv(uniformLocations["u_matrix"] ?? null, false, matrix);
  }
}

export type NetSigma = Sigma<NodeAttributes, EdgeAttributes>;
